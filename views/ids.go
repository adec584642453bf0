package views

import "strconv"

// The ids of partial roots and of what scripts look for. Each partial has
// exactly one root element and it carries the id named after it.
const (
	IDMain         = "main"           // the page's content, target of the skip link
	IDToasts       = "toasts"         // where toasts gather; handlers add to it out of band
	IDCodesResults = "codes-results"  // CodesResults: summary, table and paging of the list
	IDCodesFilter  = "codes-filter"   // the list's search and filter form
	IDCodeForm     = "code-form"      // CodeFormPanel: the form with its messages
	IDBulk         = "codes-bulk"     // the form that the list's boxes belong to
	IDBulkDialog   = "bulk-dialog"    // where the list asks before codes are retired together
	IDSheetForm    = "sheet-form"     // the form of the print sheet
	IDSheetCodes   = "sheet-codes"    // SheetCodes: the codes chosen for it
	IDSheetPreview = "sheet-preview"  // SheetPreviewPanel: its pages and the verdict
	IDPreview      = "preview"        // CodePreview: symbol and verdict beside the form
	IDPayload      = "payload"        // PayloadBlock: what a code holds or leads to
	IDShortIDCheck = "short-id-check" // ShortIDCheck: free, taken or invalid
	IDLook         = "look"           // LookSection: how the symbol looks
	IDLogos        = "logos"          // LogoPicker: the choice of a logo
	IDDownload     = "download"       // DownloadCard: the choice of a file
	IDVerdict      = "verdict"        // DownloadVerdict: how the chosen file will read
	IDTrialScans   = "trial-scans"    // TrialScans: what a test of a code has seen so far
	IDErrorSummary = "error-summary"  // the list of errors on top of a form
)

// CodeRowID is the id of one code's row in the list.
func CodeRowID(id int64) string { return "code-" + strconv.FormatInt(id, 10) }

// FieldID is the id of the input with that form name.
func FieldID(name string) string { return "f-" + name }

func hintID(name string) string  { return "f-" + name + "-hint" }
func errorID(name string) string { return "f-" + name + "-error" }
