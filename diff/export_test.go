package diff

// Within is Between with up to so many objects in memory.
var Within = between
