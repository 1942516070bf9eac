package main

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
)

// osUser says who runs the program, as /etc/passwd has it; a name that stands elsewhere
// stays unknown. The C library, which os/user asks, may ask a server for it, over the network.
func osUser() (name, uid string, err error) {
	uid = strconv.Itoa(os.Getuid())
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return "", uid, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		if part := bytes.SplitN(s.Bytes(), []byte(":"), 4); len(part) == 4 && string(part[2]) == uid {
			return string(part[0]), uid, nil
		}
	}
	return "", uid, s.Err()
}
