package main

import (
	"net/http"
	"time"
)

// protocols are HTTP/1.1, which WebSockets need, and HTTP/2, in which any number
// of event streams share a connection. Without TLS it is for proxies that know
// beforehand that we speak it; there is no upgrade to it that could be smuggled
// past them.
func protocols(secure bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(secure)
	p.SetUnencryptedHTTP2(!secure)
	return p
}

// http2Limits bound what one connection may hold on to. Streams have deadlines
// of their own; a whole connection that takes nothing, or has gone without a
// word, is closed.
func http2Limits() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams: 100,
		SendPingTimeout:      15 * time.Second,
		PingTimeout:          15 * time.Second,
		WriteByteTimeout:     15 * time.Second,
	}
}
