package views

// Receipts is the answer to "was this file from us?".
type Receipts struct {
	File   string // the name of the file that was asked about; empty before
	SHA256 string
	Found  []FoundReceipt // newest first
}

// FoundReceipt is a download of the file.
type FoundReceipt struct {
	CodeID int64
	Title  string
	Who    string
	When   Moment
	File   string // "PDF, 80 mm, grade A"
}
