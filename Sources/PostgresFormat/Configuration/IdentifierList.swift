/// A setting that lists names, separated by commas: `synchronized_standby_slots`, `shared_preload_libraries`,
/// `unix_socket_directories`.
///
/// Follows `SplitIdentifierString` (names: unquoted ones in lower case, no blanks inside) and
/// `SplitDirectoriesString` (paths: case and inner blanks stay) in src/backend/utils/adt/varlena.c.
package enum IdentifierList {
  /// The names of `text`; nil where the server would call the list's syntax invalid. Empty text is an empty list.
  package static func names(_ text: String) -> [String]? { split(Array(text.utf8), keepsCaseAndBlanks: false) }

  /// The paths or libraries of `text`; nil where the list's syntax is invalid.
  package static func paths(_ text: String) -> [String]? { split(Array(text.utf8), keepsCaseAndBlanks: true) }

  private static func split(_ bytes: [UInt8], keepsCaseAndBlanks: Bool) -> [String]? {
    var at = 0
    func skipBlanks() { while at < bytes.count, bytes[at].isSpace { at += 1 } }
    skipBlanks()
    if at == bytes.count { return [] }
    var items: [String] = []
    while true {
      var item: [UInt8] = []
      if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
        at += 1
        var closed = false
        while at < bytes.count {
          let byte = bytes[at]
          at += 1
          if byte != UInt8(ascii: "\"") {
            item.append(byte)
          } else if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
            item.append(byte)
            at += 1
          } else {
            closed = true
            break
          }
        }
        guard closed else { return nil }
      } else {
        while at < bytes.count, bytes[at] != UInt8(ascii: ","), keepsCaseAndBlanks || !bytes[at].isSpace {
          item.append(bytes[at])
          at += 1
        }
        if keepsCaseAndBlanks { while let last = item.last, last.isSpace { item.removeLast() } }
        guard !item.isEmpty else { return nil }
        if !keepsCaseAndBlanks { item = item.map(\.lowercased) }
      }
      items.append(String(decoding: item, as: UTF8.self))
      skipBlanks()
      if at == bytes.count { return items }
      guard bytes[at] == UInt8(ascii: ",") else { return nil }
      at += 1
      skipBlanks()
    }
  }
}
