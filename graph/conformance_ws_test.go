package graph_test

var overWebSocket = standard{title: "x"}
var overSSE = standard{title: "y"}
var relay = standard{title: "z"}
