package schemas

// ModelVersion is the version of the data model. It changes with every change of the schemas that a reader of stored
// data can notice: the first number when something that was valid is not any more.
const ModelVersion = "2.0.0"
