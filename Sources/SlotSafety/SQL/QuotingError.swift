/// A text that no quoting makes harmless or faithful in its place. It is refused, never emitted.
///
/// Everything that goes into a script comes from files that anyone could have written, so a value either has a rule by
/// which it is quoted, or a set of characters outside of which it does not exist.
package enum QuotingError: Error, Sendable, Hashable {
  /// PostgreSQL knows no text with a zero byte: such a name is not a server's.
  case zeroByte
  /// A name of no characters where one is needed.
  case empty
  /// A slot name that no server accepts: outside of `[a-z0-9_]`, or longer than 63 bytes.
  case slotName(String)
  /// A plugin name outside of what a library's plain name consists of.
  case pluginName(String)
  /// A place in a template that nothing was given for, or a text that has no place in it.
  case placeholder(String)
}
