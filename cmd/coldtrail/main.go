// Command coldtrail analyzes local copies of AWS CloudTrail archives. See README.md.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
