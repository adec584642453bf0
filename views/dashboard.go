package views

// CodeCounts are how many codes there are, by state.
type CodeCounts struct {
	Total     int64
	Active    int64
	Scheduled int64
	Expired   int64
	Paused    int64
	Retired   int64
}

// Dashboard is the first page: what is there and what is newest.
type Dashboard struct {
	Codes  CodeCounts
	Scans  ScanCounts
	Newest []CodeRow
}
