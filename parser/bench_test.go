package parser

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// corpus returns about n bytes of a trail's object, records of about 1.4 kB.
func corpus(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE%04d:build","arn":"arn:aws:sts::111122223333:assumed-role/deploy/build","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE%09d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE%04d","arn":"arn:aws:iam::111122223333:role/deploy","accountId":"111122223333","userName":"deploy"},"webIdFederationData":{},"attributes":{"creationDate":"2026-03-02T10:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-02T10:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.%d","userAgent":"[aws-cli/2.15.0 Python/3.11.6 Linux/6.1.0 exe/x86_64 prompt/off command/s3.cp]","requestParameters":{"bucketName":"example-bucket","Host":"example-bucket.s3.eu-west-1.amazonaws.com","key":"path/to/\"quoted\"/object-%d.bin"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMN=","bytesTransferredOut":%d},"requestID":"EXAMPLE%09d","eventID":"00000000-0000-4000-8000-%012d","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-bucket/path"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-bucket"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"example-bucket.s3.eu-west-1.amazonaws.com"}}`,
			i%10000, i, i%10000, i/60%60, i%60, i%250, i, i*7, i, i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkReader(b *testing.B) {
	data := corpus(8 << 20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var rd Reader
	for b.Loop() {
		rd.Reset(bytes.NewReader(data), Origin{})
		n := 0
		for {
			_, err := rd.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(len(data)/n), "B/record")
	}
}

func BenchmarkFramer(b *testing.B) {
	data := corpus(8 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var s balance
		if n, done := s.scan(data); !done || n != len(data) {
			b.Fatal(n, done)
		}
	}
}

func BenchmarkScanner(b *testing.B) {
	raw := corpus(20) // one record
	raw = raw[len(`{"Records":[`) : len(raw)-len(`]}`)]
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	s := scanner{depth: 256}
	for b.Loop() {
		r := Record{Raw: raw}
		s.moved()
		if n := s.element(raw, 0); n != len(raw) {
			b.Fatal(n)
		}
		if err := s.decode(&r, 0); err != nil {
			b.Fatal(err)
		}
	}
}
