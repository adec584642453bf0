package views

import "strconv"

// Problem is a request that could not be answered as asked.
type Problem struct {
	Status    int
	Message   string // for the person; empty takes the status's own words
	RequestID string
}

// Title is the heading for the status.
func (p Problem) Title() string {
	switch p.Status {
	case 400:
		return "That request can't be read"
	case 401:
		return "Please sign in"
	case 403:
		return "Not allowed from here"
	case 404:
		return "Not found"
	case 405:
		return "That can't be done here"
	case 409:
		return "Somebody else was first"
	case 413:
		return "Too large"
	case 415:
		return "That kind of data is not understood"
	case 422:
		return "Something in it is not valid"
	case 429:
		return "Too many requests"
	case 503:
		return "Not available right now"
	}
	return "Something went wrong"
}

// Text says what happened and what to do.
func (p Problem) Text() string {
	if p.Message != "" {
		return p.Message
	}
	switch p.Status {
	case 400, 415, 422:
		return "Go back, check what you entered and try again."
	case 401:
		return "This page is for staff. Sign in and open it again."
	case 403:
		return "This page is open to the office network only, and changes only come from its own pages. If you should have access, ask whoever runs this server."
	case 404:
		return "There is no page or code at this address. It may have been typed wrongly."
	case 405:
		return "This address does not take that kind of request. Start again from the list of codes."
	case 409:
		return "What you wanted to change has changed meanwhile. Open it again and look before you save."
	case 413:
		return "What was sent is larger than this page takes. Shorten it and try again."
	case 429:
		return "You were quicker than this server allows. Wait a minute and try again."
	case 503:
		return "The database can't be reached. Nothing was changed. Printed codes keep working as far as possible. Try again in a minute."
	}
	return "This is a fault of the program, not yours. Nothing was half saved. Try again; if it stays, pass the request ID on to whoever runs this server."
}

// Code is the status as text.
func (p Problem) Code() string { return strconv.Itoa(p.Status) }

// Toast is the same problem as a short message on the page that is open.
func (p Problem) Toast() Toast {
	text := p.Title() + ". " + p.Text()
	if p.RequestID != "" && p.Status >= 500 {
		text += " Request ID: " + p.RequestID
	}
	return Toast{Tone: ToneBad, Text: text}
}
