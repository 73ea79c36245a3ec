package entities

import (
	"cmp"

	"github.com/jumpgraph/jumpgraph/client"
)

var passwordPolicy = governs[PasswordPolicy](9, "jumpcloud_password_policy", "Password Policy", "PasswordPolicy")

// PasswordPolicy is what an organization demands of passwords. A number that is switched off is missing.
type PasswordPolicy struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"displayName,_id,id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"displayName,_id,id"`
	// MinLengthEnabled says whether a password needs some number of characters.
	MinLengthEnabled *bool  `json:"minLengthEnabled,omitzero" jc:"settings.passwordPolicy.enableMinLength"`
	MinLength        *int64 `json:"minLength,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.minLength,settings.passwordPolicy.enableMinLength"`
	RequireSymbols   *bool  `json:"requireSymbols,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.needsSymbolic"`
	RequireNumbers   *bool  `json:"requireNumbers,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.needsNumeric"`
	RequireUppercase *bool  `json:"requireUppercase,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.needsUppercase"`
	RequireLowercase *bool  `json:"requireLowercase,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.needsLowercase"`
	// ExpiryEnabled says whether passwords end.
	ExpiryEnabled *bool  `json:"expiryEnabled,omitzero" jc:"settings.passwordPolicy.enablePasswordExpirationInDays"`
	MaxAgeDays    *int64 `json:"maxAgeDays,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.passwordExpirationInDays,settings.passwordPolicy.enablePasswordExpirationInDays"`
	MinAgeMins    *int64 `json:"minAgeMins,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.minChangePeriodInDays,settings.passwordPolicy.enableMinChangePeriodInDays"`
	// HistoryEnabled says whether former passwords may not come again.
	HistoryEnabled  *bool  `json:"historyEnabled,omitzero" jc:"settings.passwordPolicy.enableMaxHistory"`
	HistoryCount    *int64 `json:"historyCount,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.maxHistory,settings.passwordPolicy.enableMaxHistory"`
	ExcludeUsername *bool  `json:"excludeUsername,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.allowUsernameSubstring"`
	ExcludeCommon   *bool  `json:"excludeCommonPasswords,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.disallowCommonlyUsedPasswords"`
	// LockoutEnabled says whether an account is locked after some failures.
	LockoutEnabled  *bool  `json:"lockoutEnabled,omitzero" jc:"settings.passwordPolicy.enableMaxLoginAttempts"`
	LockoutAttempts *int64 `json:"lockoutAttempts,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.maxLoginAttempts,settings.passwordPolicy.enableMaxLoginAttempts"`
	// AutoUnlockMins is after how many minutes a locked account is open again; missing where an administrator must open it.
	AutoUnlockMins *int64 `json:"autoUnlockMins,omitzero" class:"PasswordPolicy" jc:"settings.passwordPolicy.lockoutTimeInSeconds,settings.passwordPolicy.enableLockoutTimeInSeconds"`
}

// PasswordPolicy makes an entity of the password policy of an organization. Its key is the
// organization's with :password_policy after it. A number without the switch that belongs to it is unknown, and odd.
func (c Converter) PasswordPolicy(o *client.Organization) (*PasswordPolicy, error) {
	if o == nil {
		return nil, errNone(passwordPolicy)
	}
	id := cmp.Or(o.ID, o.OtherID)
	d, err := c.begin(passwordPolicy, id, o.DisplayName, o)
	if err != nil {
		return nil, err
	}
	d.meta.Key += ":password_policy"
	d.onlyOdd(oddOf(o, true))
	p := cmp.Or(cmp.Or(o.Settings, &client.OrganizationSettings{}).PasswordPolicy, &client.PasswordPolicy{})
	name := cmp.Or(o.DisplayName, id)
	e := &PasswordPolicy{
		ID: id, Name: name, DisplayName: name,
		MinLengthEnabled: optional(p.EnableMinLength), MinLength: d.twin(p.EnableMinLength, p.MinLength, "minLength"),
		RequireSymbols: optional(p.NeedsSymbolic), RequireNumbers: optional(p.NeedsNumeric),
		RequireUppercase: optional(p.NeedsUppercase), RequireLowercase: optional(p.NeedsLowercase),
		ExpiryEnabled: optional(p.EnablePasswordExpirationInDays), MaxAgeDays: d.twin(p.EnablePasswordExpirationInDays, p.PasswordExpirationInDays, "passwordExpirationInDays"),
		MinAgeMins:     d.twin(p.EnableMinChangePeriodInDays, times(p.MinChangePeriodInDays, 24*60), "minChangePeriodInDays"),
		HistoryEnabled: optional(p.EnableMaxHistory), HistoryCount: d.twin(p.EnableMaxHistory, p.MaxHistory, "maxHistory"),
		ExcludeUsername: negated(p.AllowUsernameSubstring), ExcludeCommon: optional(p.DisallowCommonlyUsedPasswords),
		LockoutEnabled: optional(p.EnableMaxLoginAttempts), LockoutAttempts: d.twin(p.EnableMaxLoginAttempts, p.MaxLoginAttempts, "maxLoginAttempts"),
		AutoUnlockMins: d.twin(p.EnableLockoutTimeInSeconds, minutes(p.LockoutTimeInSeconds), "lockoutTimeInSeconds"),
	}
	e.Meta = d.meta
	return e, nil
}

// twin returns a number that counts only where its switch is on.
func (d *draft) twin(on client.Bool, n client.Int, field string) *int64 {
	switch {
	case on.V:
		return whole(n)
	case !on.OK && n.OK:
		d.oddValue("settings.passwordPolicy." + field)
	}
	return nil
}

func times(n client.Int, factor int64) client.Int { return client.Int{V: n.V * factor, OK: n.OK} }

// minutes turns seconds into minutes, a part of one counted as one.
func minutes(n client.Int) client.Int { return client.Int{V: (n.V + 59) / 60, OK: n.OK} }
