package db

// Text is a column's text, or none where the column is NULL, as which the
// queries give and take a nil.
func Text(column *string) string {
	if column == nil {
		return ""
	}
	return *column
}
