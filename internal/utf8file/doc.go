// Package utf8file is about text files as editors save them: it drops a byte order mark,
// and refuses UTF-16 with an error that says so. It imports the standard library only.
package utf8file
