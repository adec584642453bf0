package views

import (
	"net/mail"
	"strings"

	"github.com/a-h/templ"
)

// Reason is why a scan leads nowhere.
type Reason string

// The reasons.
const (
	ReasonPaused      Reason = "paused"
	ReasonScheduled   Reason = "scheduled"
	ReasonExpired     Reason = "expired"
	ReasonRetired     Reason = "retired"
	ReasonUnknown     Reason = "unknown"
	ReasonUnavailable Reason = "unavailable"
	ReasonTooMany     Reason = "too_many"
	// What the edge refuses on its own.
	ReasonStaff    Reason = "staff"
	ReasonSignIn   Reason = "sign_in"
	ReasonTooLarge Reason = "too_large"
)

// PublicNotice is the small page for someone who scanned a code that leads
// nowhere now. It says nothing about the code that is not on the paper.
type PublicNotice struct {
	Lang    string // one of PublicLanguages; anything else is en
	Reason  Reason
	Contact string // the office's contact line: e-mail, phone, web address or words
}

// PublicLanguages are the languages the public pages speak, the default first.
func PublicLanguages() []string { return []string{"en", "es", "de", "fr"} }

type publicText struct{ title, text string }

// publicWords is one language: the texts by reason and the contact lines.
type publicWords struct {
	ask       string
	askNobody string
	texts     map[Reason]publicText
}

func (m PublicNotice) lang() string {
	if _, ok := publicTexts[m.Lang]; ok {
		return m.Lang
	}
	return "en"
}

// scanned says whether a code led here, and not a page for staff.
func (m PublicNotice) scanned() bool {
	return m.Reason != ReasonStaff && m.Reason != ReasonSignIn && m.Reason != ReasonTooLarge
}

func (m PublicNotice) words() publicWords { return publicTexts[m.lang()] }

func (m PublicNotice) text() publicText {
	texts := m.words().texts
	if t, ok := texts[m.Reason]; ok {
		return t
	}
	return texts[ReasonUnknown]
}

// contactHref makes the contact line something to tap where it is an address.
func (m PublicNotice) contactHref() templ.SafeURL {
	c := strings.TrimSpace(m.Contact)
	if strings.HasPrefix(c, "https://") || strings.HasPrefix(c, "http://") {
		return templ.URL(c)
	}
	if a, err := mail.ParseAddress(c); err == nil && a.Address == c {
		return templ.URL("mailto:" + c)
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, c)
	if len(digits) >= 5 && strings.Trim(c, "+0123456789 ()/-.") == "" {
		return templ.URL("tel:" + digits)
	}
	return ""
}

var publicTexts = map[string]publicWords{
	"en": {
		ask:       "Questions? Please ask:",
		askNobody: "Questions? Please ask where you found the code.",
		texts: map[Reason]publicText{
			ReasonPaused:      {"This code is paused", "The code was read correctly, but it leads nowhere at the moment. Please try again later."},
			ReasonScheduled:   {"This code has not started yet", "The code was read correctly, but what it leads to is not open yet. Please try again later."},
			ReasonExpired:     {"This code has expired", "The code was read correctly, but what it led to is over."},
			ReasonRetired:     {"This code is no longer in use", "The code was read correctly, but it has been taken out of use for good."},
			ReasonUnknown:     {"There is no such code", "This address does not belong to any code here. If you typed it, please check it. If you scanned it, the code may be damaged."},
			ReasonUnavailable: {"Not available right now", "Something is wrong on our side, not with your phone. Please try again in a minute."},
			ReasonTooMany:     {"Too many tries", "There were too many tries from your connection. Please wait a minute and try again."},
			ReasonStaff:       {"For staff only", "This page opens only from the office’s network. Codes that you scan work everywhere."},
			ReasonSignIn:      {"Please sign in", "This page is for staff. Reload it, and sign in with the name and the password that you were given."},
			ReasonTooLarge:    {"Too large", "What was sent is larger than this server accepts. Nothing was changed."},
		},
	},
	"es": {
		ask:       "¿Preguntas? Diríjase a:",
		askNobody: "¿Preguntas? Consulte donde encontró el código.",
		texts: map[Reason]publicText{
			ReasonPaused:      {"Este código está en pausa", "El código se ha leído bien, pero ahora mismo no lleva a ninguna parte. Inténtelo más tarde."},
			ReasonScheduled:   {"Este código aún no está activo", "El código se ha leído bien, pero su contenido todavía no está disponible. Inténtelo más tarde."},
			ReasonExpired:     {"Este código ha caducado", "El código se ha leído bien, pero su contenido ya no está disponible."},
			ReasonRetired:     {"Este código ya no se usa", "El código se ha leído bien, pero se ha retirado definitivamente."},
			ReasonUnknown:     {"Este código no existe", "Esta dirección no corresponde a ningún código. Si la ha escrito, compruébela. Si la ha escaneado, el código puede estar dañado."},
			ReasonUnavailable: {"No disponible en este momento", "El problema es nuestro, no de su teléfono. Inténtelo de nuevo dentro de un minuto."},
			ReasonTooMany:     {"Demasiados intentos", "Ha habido demasiados intentos desde su conexión. Espere un minuto e inténtelo de nuevo."},
			ReasonStaff:       {"Solo para el personal", "Esta página solo se abre desde la red de la oficina. Los códigos que escanee funcionan en todas partes."},
			ReasonSignIn:      {"Inicie sesión", "Esta página es para el personal. Recárguela e inicie sesión con el nombre y la contraseña que le dieron."},
			ReasonTooLarge:    {"Demasiado grande", "Lo enviado es mayor de lo que admite este servidor. No se ha cambiado nada."},
		},
	},
	"de": {
		ask:       "Fragen? Bitte wenden Sie sich an:",
		askNobody: "Fragen? Bitte wenden Sie sich dorthin, wo Sie den Code gefunden haben.",
		texts: map[Reason]publicText{
			ReasonPaused:      {"Dieser Code macht gerade Pause", "Der Code wurde richtig gelesen, führt aber im Moment nirgendwohin. Bitte versuchen Sie es später noch einmal."},
			ReasonScheduled:   {"Dieser Code gilt noch nicht", "Der Code wurde richtig gelesen, aber sein Ziel ist noch nicht freigegeben. Bitte versuchen Sie es später noch einmal."},
			ReasonExpired:     {"Dieser Code ist abgelaufen", "Der Code wurde richtig gelesen, aber sein Ziel gibt es nicht mehr."},
			ReasonRetired:     {"Dieser Code ist nicht mehr in Gebrauch", "Der Code wurde richtig gelesen, ist aber endgültig außer Betrieb."},
			ReasonUnknown:     {"Diesen Code gibt es nicht", "Zu dieser Adresse gehört kein Code. Wenn Sie sie eingetippt haben, prüfen Sie sie bitte. Wenn Sie sie gescannt haben, ist der Code vielleicht beschädigt."},
			ReasonUnavailable: {"Im Moment nicht erreichbar", "Der Fehler liegt bei uns, nicht an Ihrem Telefon. Bitte versuchen Sie es in einer Minute noch einmal."},
			ReasonTooMany:     {"Zu viele Versuche", "Von Ihrem Anschluss kamen zu viele Versuche. Bitte warten Sie eine Minute und versuchen Sie es noch einmal."},
			ReasonStaff:       {"Nur für Mitarbeitende", "Diese Seite öffnet sich nur im Netz des Büros. Codes, die Sie scannen, funktionieren überall."},
			ReasonSignIn:      {"Bitte melden Sie sich an", "Diese Seite ist für Mitarbeitende. Laden Sie sie neu und melden Sie sich mit dem Namen und dem Passwort an, die Sie bekommen haben."},
			ReasonTooLarge:    {"Zu groß", "Was gesendet wurde, ist größer, als dieser Server annimmt. Nichts wurde geändert."},
		},
	},
	"fr": {
		ask:       "Des questions ? Adressez-vous à :",
		askNobody: "Des questions ? Adressez-vous à l’endroit où vous avez trouvé le code.",
		texts: map[Reason]publicText{
			ReasonPaused:      {"Ce code est en pause", "Le code a bien été lu, mais il ne mène nulle part pour l’instant. Réessayez plus tard."},
			ReasonScheduled:   {"Ce code n’est pas encore actif", "Le code a bien été lu, mais sa destination n’est pas encore ouverte. Réessayez plus tard."},
			ReasonExpired:     {"Ce code a expiré", "Le code a bien été lu, mais sa destination n’est plus disponible."},
			ReasonRetired:     {"Ce code n’est plus utilisé", "Le code a bien été lu, mais il a été retiré définitivement."},
			ReasonUnknown:     {"Ce code n’existe pas", "Cette adresse ne correspond à aucun code. Si vous l’avez tapée, vérifiez-la. Si vous l’avez scannée, le code est peut-être abîmé."},
			ReasonUnavailable: {"Indisponible pour le moment", "Le problème vient de chez nous, pas de votre téléphone. Réessayez dans une minute."},
			ReasonTooMany:     {"Trop de tentatives", "Il y a eu trop de tentatives depuis votre connexion. Attendez une minute, puis réessayez."},
			ReasonStaff:       {"Réservé au personnel", "Cette page ne s’ouvre que depuis le réseau du bureau. Les codes que vous scannez fonctionnent partout."},
			ReasonSignIn:      {"Veuillez vous identifier", "Cette page est réservée au personnel. Rechargez-la et identifiez-vous avec le nom et le mot de passe reçus."},
			ReasonTooLarge:    {"Trop volumineux", "L’envoi dépasse ce que ce serveur accepte. Rien n’a été modifié."},
		},
	},
}
