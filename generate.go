package jumpgraph

//go:generate go run -tags jumpgraph_gen ./internal/gen
