package payload

import "strings"

// The ways a network is secured.
const (
	securityWPA  = "wpa"
	securityWEP  = "wep"
	securityOpen = "open"
)

func wifiFields() []Field {
	return []Field{
		{Name: "ssid", Label: "Network name", Exact: true, Missing: "Enter the network's name (SSID), as phones show it.", Hint: "The SSID, to the letter: capitals and spaces count."},
		{Name: "security", Label: "Security", Kind: Choice, Options: []Option{
			{securityWPA, "WPA, WPA2 or WPA3 (usual)"}, {securityWEP, "WEP (old and broken)"}, {securityOpen, "None: an open network"},
		}},
		{Name: "password", Label: "Password", Exact: true, Sometimes: true, Hint: "It is in the symbol as plain text: whoever scans it can read it. Use a network for guests."},
		{Name: "hidden", Label: "Hidden network", Kind: Flag, Hint: "Only for a network that does not show its name."},
	}
}

// wifi is a network to join. The form is that of the Wi-Fi Alliance's WPA3
// Specification §7.1, in which WPA stands for WPA2 and WPA3, too.
type wifi struct {
	ssid, security, password string
	hidden                   bool
}

func parseWiFi(r *reader) value {
	w := wifi{ssid: r.fields["ssid"], security: r.fields["security"], password: r.fields["password"], hidden: r.fields["hidden"] == FlagOn}
	if len(w.ssid) > 32 {
		r.refuse("ssid", "A network's name has at most 32 bytes; letters outside A–Z take two or more of them.")
	}
	// What is wrong with the text of the password was said already.
	if message := w.checkPassword(); message != "" && r.bad.Len() == 0 {
		r.refuse("password", message)
	}
	return w
}

func (w wifi) checkPassword() string {
	n := len(w.password)
	switch w.security {
	case securityOpen:
		if n > 0 {
			return "An open network has no password. Remove it, or choose how the network is secured."
		}
	case securityWEP:
		// 40, 104 and 128 bit keys as characters or hexadecimal digits.
		if n != 5 && n != 13 && n != 16 && (n != 10 && n != 26 && n != 32 || !isHex(w.password)) {
			return "A WEP key has 5, 13 or 16 characters, or 10, 26 or 32 hexadecimal digits."
		}
	case securityWPA:
		switch {
		case n == 0:
			return "Enter the network's password. Choose an open network if it has none."
		case (n < 8 || n > 63) && (n != 64 || !isHex(w.password)):
			return "A WPA password has 8 to 63 characters, or 64 hexadecimal digits."
		}
	}
	return ""
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

func (w wifi) summary() string { return w.ssid }

func (w wifi) content() string {
	var b strings.Builder
	b.WriteString("WIFI:T:" + map[string]string{securityWPA: "WPA", securityWEP: "WEP", securityOpen: "nopass"}[w.security])
	b.WriteString(";S:" + wifiEscapes.Replace(w.ssid))
	if w.password != "" {
		b.WriteString(";P:" + wifiEscapes.Replace(w.password))
	}
	if w.hidden {
		b.WriteString(";H:true")
	}
	return b.String() + ";;"
}

var wifiEscapes = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, `:`, `\:`, `"`, `\"`)
