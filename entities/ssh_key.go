package entities

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var sshKey = governs[SSHKey](10, "jumpcloud_ssh_key", "SSH Key", "AccessKey")

// SSHKey is a public key by which a user logs in to devices. The key itself is not part of it.
type SSHKey struct {
	Meta
	ID          string `json:"id,omitzero" class:"Entity" jc:"_id"`
	Name        string `json:"name" class:"Entity" jc:"name,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,_id"`
	// KeyType is the kind of key, such as ssh-ed25519.
	KeyType string `json:"keyType,omitzero" jc:"public_key"`
	// Fingerprint is the SHA-256 hash of the key, as ssh-keygen writes it.
	Fingerprint string  `json:"fingerprint,omitzero" class:"Key" jc:"public_key"`
	CreatedOn   *Millis `json:"createdOn,omitzero" class:"Entity" jc:"create_date"`
}

// SSHKeys makes entities of the SSH keys of a user. Their keys are the user's with :ssh_key: and the id of the key after it;
// where that is missing its fingerprint, and where that is missing, too, its place. What is no key is counted as odd.
func (c Converter) SSHKeys(u *client.SystemUser) ([]*SSHKey, error) {
	if u == nil {
		return nil, errNone(sshKey)
	}
	owner := cmp.Or(u.ID, u.OtherID)
	keys := u.SSHKeys
	if len(keys) == 0 && u.PublicKey != "" {
		keys = []client.SSHKey{{Name: "public_key", PublicKey: u.PublicKey}}
	}
	var all []*SSHKey
	for i, k := range keys {
		kind, fingerprint, ok := fingerprintOf(k.PublicKey)
		id := cmp.Or(k.ID, fingerprint, strconv.Itoa(i))
		c.Raw = false // it would hold the key
		d, err := c.begin(sshKey, owner+":ssh_key:"+id, k.Name, nil)
		if err != nil || owner == "" {
			return nil, cmp.Or(err, error(&NoIDError{Type: sshKey.Type, Name: k.Name}))
		}
		if !ok && strings.TrimSpace(k.PublicKey) != "" {
			d.oddFields([]client.OddField{{Path: "public_key", Lost: true}})
		}
		if k.CreateDate.Text != "" && !k.CreateDate.OK {
			d.oddFields([]client.OddField{{Path: "create_date", Lost: true}})
		}
		name := cmp.Or(k.Name, id)
		all = append(all, &SSHKey{
			Meta: d.meta, ID: k.ID, Name: name, DisplayName: name, KeyType: kind, Fingerprint: fingerprint, CreatedOn: millis(k.CreateDate),
		})
	}
	return all, nil
}

// fingerprintOf returns the kind of a public key and its hash. It is not ok for what is no key.
func fingerprintOf(publicKey string) (kind, fingerprint string, ok bool) {
	fields := strings.Fields(publicKey)
	for i, f := range fields { // options may stand before the kind
		if !strings.HasPrefix(f, "ssh-") && !strings.HasPrefix(f, "ecdsa-") && !strings.HasPrefix(f, "sk-") || i+1 == len(fields) {
			continue
		}
		blob, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(fields[i+1], "="))
		if err != nil {
			return "", "", false
		}
		sum := sha256.Sum256(blob)
		return f, "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), true
	}
	return "", "", false
}
