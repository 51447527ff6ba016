package ringpop

// labelCount is how many labels an application may set.
const labelCount = 10
