package jumpgraph

// DiffWithin is Diff with up to so many objects in memory.
var DiffWithin = diffWithin
