package parser

// A shape is one form in which CloudTrail's records are handed out. A shape that
// streams is a JSON object one of whose members is the array that holds the elements;
// bare arrays and objects that are records themselves need no entry. In others an
// element is no record but holds some, which lift finds.
type shape struct {
	name     string
	fidelity Fidelity
	member   string // the key of the array; "": it does not stream
	inside   string // the key of the object that holds the array; "": the document itself
	// key is a path that elements of the shape have, and only they: they are known by
	// it wherever they stand. "": they are known by the array alone.
	key  string
	what string // Record.What of an element of the shape that holds no record
	// derived is what a record is of that is put together from columns, because none has
	// all of it. nil: none can be.
	derived *shape
	// loses: such an element stands for an event all the same, which is not read.
	loses bool
	// results: elements are rows of a query's result, whose columns are whatever was asked for.
	results bool
	// lift takes the records out of an element. nil: elements are records.
	lift func(l *lifting, s *shape, element Value)
}

// liftMember takes the record that an element has at a path, as an object or as the text
// of one.
func liftMember(path string) func(*lifting, *shape, Value) {
	return func(l *lifting, s *shape, e Value) {
		if v, ok := e.Get(path); ok {
			l.any(s, v)
		}
	}
}

var shapes []*shape

func register(s *shape) *shape {
	shapes = append(shapes, s)
	return s
}

// shapeOf returns the shape that streams the array of that key.
func shapeOf(key []byte) *shape {
	for _, s := range shapes {
		if s.member != "" && string(key) == s.member {
			return s
		}
	}
	return nil
}

// holdsShape reports whether the object of that key may hold a shape's array.
func holdsShape(key []byte) bool {
	for _, s := range shapes {
		if s.inside != "" && string(key) == s.inside {
			return true
		}
	}
	return false
}

// The names of what an object's JSON turned out to be, beside those of shapes.
const (
	ShapeEmpty        = "empty"        // nothing but white space
	ShapeArray        = "array"        // [record, …]
	ShapeEvent        = "event"        // one object
	ShapeLines        = "json-lines"   // objects with white space between them
	ShapeConcatenated = "concatenated" // objects with nothing between some of them
)

// A Fidelity says what the bytes of a record have to do with those that CloudTrail
// wrote. Lower is better.
type Fidelity uint8

// The classes of fidelity.
const (
	Raw          Fidelity = iota // the record as CloudTrail delivers it
	Reserialised                 // all of it, written anew or passed on by another system
	Derived                      // put together from columns: what these lack is lost
)

var fidelityNames = [...]string{"raw", "re-serialised", "derived"}

// String returns the class's name.
func (f Fidelity) String() string { return fidelityNames[f] }

// FidelityOf returns the class of the records of a shape, as Record.Shape and Reader.Shape name it.
func FidelityOf(name string) Fidelity {
	for _, s := range shapes {
		if s.name == name {
			return s.fidelity
		}
	}
	return Raw
}
