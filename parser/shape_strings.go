package parser

// Events as JSON strings, in an array or one after the other with white space between, as
// --query 'Events[].CloudTrailEvent' of the AWS CLI and jq leave them.
var eventStrings = register(&shape{
	name: "event-strings", fidelity: Reserialised, what: notAnObject,
	lift: func(l *lifting, s *shape, e Value) { l.string(s, e) },
})

// quotedObject reports whether the document that begins with a quote holds the text of an object. One
// that is cut off behind others is taken for one.
func (rd *Reader) quotedObject() bool {
	f := &rd.f
	for i := 1; ; i++ {
		switch {
		case i == longestMargin:
			return false
		case f.end-f.pos == i && !f.more():
			return rd.documents > 0
		}
		switch f.buf[f.pos+i] {
		case ' ':
		case '{':
			return true
		default:
			return false
		}
	}
}

const longestMargin = 64 // bytes before what a string holds
