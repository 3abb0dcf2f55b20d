/// What a YAML text says at a few places. Nothing else of it is kept, be it a password or a list without end.
///
/// The text is read with the rules of YAML 1.2 for block mappings, block sequences and scalars. Anchors, aliases, tags, flow collections
/// and texts in several lines are passed over without being expanded, and are refused where they decide what is at one of the places.
package struct YAMLScalars: Sendable, Hashable {
  /// A value and the line in which it begins, from 1.
  package struct Scalar: Sendable, Hashable {
    /// Decoded: without quotes and escapes.
    package var value: String
    /// From 1.
    package var line: Int
  }

  /// What is wrong, where, and what was expected there. Neither phrase quotes the text: it may be a secret.
  package struct Refusal: Error, Sendable, Hashable {
    /// From 1.
    package var line: Int
    /// Goes on from "expected".
    package var expected: String
    /// Goes on from "found".
    package var found: String
  }

  /// By the names of the mappings that lead there; what is null or missing is not in it.
  package private(set) var values: [[String]: Scalar] = [:]

  /// Bytes of a text that is read.
  package static let sizeLimit = 256 << 10
  /// Mappings and sequences in one another.
  package static let depthLimit = 64

  /// Reads the whole text; nothing of it counts where its structure is in doubt.
  package init(_ bytes: [UInt8], at places: Set<[String]>) throws(Refusal) {
    guard bytes.count <= Self.sizeLimit else {
      throw Refusal(line: 1, expected: "\(Self.sizeLimit) bytes at most", found: "\(bytes.count) bytes")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Refusal(line: 1, expected: "text in UTF-8", found: "bytes that are none")
    }
    var reader = YAMLReader(bytes, places: places)
    values = try reader.readAll()
  }

  /// The value at a place.
  package subscript(_ place: String...) -> Scalar? { values[place] }
}
