package report

// A groupEncoder makes one row group after the other. It belongs to one goroutine.
type groupEncoder struct {
	leaves []leaf
	chunks []*chunk
	pages  *pageEncoder
}

// An encodedGroup is a row group that is ready to be placed in a file.
type encodedGroup struct {
	bytes  []byte
	rows   int64
	chunks []chunkMeta
}

func newGroupEncoder(columns []column) *groupEncoder {
	g := &groupEncoder{leaves: leaves(columns), pages: newPageEncoder()}
	for i := range g.leaves {
		g.chunks = append(g.chunks, newChunk(&g.leaves[i]))
	}
	return g
}

// begin makes every column empty.
func (g *groupEncoder) begin() {
	for _, c := range g.chunks {
		c.reset()
	}
}

// finish makes the row group of the rows that were added, in the memory of dst.
func (g *groupEncoder) finish(dst []byte, rows int) (*encodedGroup, error) {
	made := &encodedGroup{bytes: dst[:0], rows: int64(rows), chunks: make([]chunkMeta, len(g.chunks))}
	var err error
	for _, c := range g.chunks {
		if made.bytes, err = c.finish(g.pages, made.bytes); err != nil {
			return nil, err
		}
	}
	for i, c := range g.chunks {
		if made.bytes, err = c.appendBloom(g.pages, made.bytes); err != nil {
			return nil, err
		}
		made.chunks[i] = c.made
	}
	return made, nil
}
