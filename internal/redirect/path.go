package redirect

import "strings"

// ParsePath takes the path of a short URL apart: exactly one element below /r/
// (typed or shared) or /R/ (from the symbol), as it stands, with one slash
// after it forgiven. Whether raw could be a short ID is for Directory.Find.
func ParsePath(path string) (raw string, fromSymbol, ok bool) {
	if len(path) < len("/r/x") || path[0] != '/' || path[1] != 'r' && path[1] != 'R' || path[2] != '/' {
		return "", false, false
	}
	raw = strings.TrimSuffix(path[len("/r/"):], "/")
	if raw == "" || strings.IndexByte(raw, '/') >= 0 {
		return "", false, false
	}
	return raw, path[1] == 'R', true
}
