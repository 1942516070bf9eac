package report

import "bytes"

// paired returns JSON text in which \ufffd stands for each half of a surrogate pair that is
// alone. A record may have one, and RFC 8259 allows it; but DuckDB refuses the text, and
// with it the whole query: one such record would hide all others.
func (x *extractor) paired(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\ud`)) && !bytes.Contains(text, []byte(`\uD`)) {
		return text
	}
	from := len(x.scratch)
	x.scratch = appendPaired(x.scratch, text)
	return x.scratch[from:]
}

func appendPaired(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return append(dst, text...)
		}
		dst, text = append(dst, text[:i]...), text[i:]
		n := min(2, len(text)) // of the escape
		switch half := surrogate(text); {
		case half == 0:
		case half == 'h' && surrogate(text[6:]) == 'l':
			n = 12
		default:
			dst, text, n = append(dst, `\ufffd`...), text[6:], 0
		}
		dst, text = append(dst, text[:n]...), text[n:]
	}
}

// surrogate says whether text begins with the escape of a high ('h') or low ('l') half of a
// surrogate pair, or of none (0).
func surrogate(text []byte) byte {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' || text[2] != 'd' && text[2] != 'D' {
		return 0
	}
	switch c := text[3] | 0x20; {
	case c == '8' || c == '9' || c == 'a' || c == 'b':
		return 'h'
	case 'c' <= c && c <= 'f':
		return 'l'
	}
	return 0
}
