/// Looks for any of some words in bytes, in one pass: a forged file may have one text of many megabytes.
struct WordSearch {
  /// The words by their first byte.
  private let words: [[[UInt8]]]

  /// Words that are not empty.
  init(_ words: some Sequence<String>) {
    var table = [[[UInt8]]](repeating: [], count: 256)
    for word in words where !word.isEmpty { table[Int(word.utf8[word.utf8.startIndex])].append(Array(word.utf8)) }
    self.words = table
  }

  /// Whether one of the words stands in the bytes.
  func finds(in bytes: some RandomAccessCollection<UInt8>) -> Bool {
    for (offset, byte) in bytes.enumerated() where !words[Int(byte)].isEmpty {
      let rest = bytes.dropFirst(offset)
      if words[Int(byte)].contains(where: rest.starts(with:)) { return true }
    }
    return false
  }
}
