package relationships

import "testing"

// TestTypeOf_Quirks pins how JupiterOne shortens the target: words are compared by their place, the last word of a
// target of several always stays, and a target of one word may lose it.
func TestTypeOf_Quirks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from  string
		class Class
		to    string
		want  string
	}{
		{"a", Has, "a", "a_has_"},
		{"a_b", Has, "a", "a_b_has_"},
		{"a_b", Has, "a_b", "a_b_has_b"},
		{"a_b_c", Has, "a_b", "a_b_c_has_b"},
		{"a_b", Has, "a_b_c", "a_b_has_c"},
		{"a_b", Has, "c_b", "a_b_has_c_b"},
		{"a_b", Has, "a_c_b", "a_b_has_c_b"},
		{"a_b_c", Has, "a_x_c", "a_b_c_has_x_c"},
		{"a", Assigned, "b", "a_assigned_b"},
		{"jumpcloud_apple_device", Has, "jumpcloud_apple_mdm", "jumpcloud_apple_device_has_mdm"},
		{"jumpcloud_user", Assigned, "jumpcloud_application", "jumpcloud_user_assigned_application"},
	} {
		if got := typeOf(tt.from, tt.class, tt.to); got != tt.want {
			t.Errorf("%s %s %s has the type %q, want %q", tt.from, tt.class, tt.to, got, tt.want)
		}
	}
}
