// Package format writes a plan in the words of a firewall, and its exact inverse.
//
// In each firewall the rules have a place of their own (a chain, a table, an
// anchor). The user's own rules are not touched, and mending removes that place.
// [Names] lists the formats; [Cut] and [Heal] write them.
//
// Everything here is pure. It imports package rules and the standard library.
package format
