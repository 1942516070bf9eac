// Package integrity judges what CloudTrail's digest files prove of a copy of a trail's bucket.
package integrity
