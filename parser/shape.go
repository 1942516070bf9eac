package parser

// A shape is one form in which CloudTrail's records are handed out as JSON: an
// object one of whose members is the array that holds the elements. Bare arrays
// and objects that are records themselves need no entry.
type shape struct {
	name   string
	member string // the key of the array
}

var shapes []*shape

func register(s *shape) *shape {
	shapes = append(shapes, s)
	return s
}

func shapeOf(key []byte) *shape {
	for _, s := range shapes {
		if string(key) == s.member {
			return s
		}
	}
	return nil
}

// The names of what an object's JSON turned out to be, beside those of shapes.
const (
	ShapeEmpty        = "empty"        // nothing but white space
	ShapeArray        = "array"        // [record, …]
	ShapeEvent        = "event"        // one object
	ShapeLines        = "json-lines"   // objects with white space between them
	ShapeConcatenated = "concatenated" // objects with nothing between some of them
)
