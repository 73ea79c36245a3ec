package watch

// Write writes events as lines of JSON.
var Write = write
