package import ByteReading

/// The offsets that Kafka Connect, Debezium Server or the embedded engine stored, in any of the forms in which they can be had:
/// the file of FileOffsetBackingStore, the document of `GET /connectors/NAME/offsets`, records of the topic `connect-offsets`
/// (key and value beside each other, or as kcat prints them), the state of Airbyte, or the object itself.
package struct ConnectOffsets: Sendable, Hashable {
  /// Of one source partition: for this connector, of one topic prefix.
  package struct Partition: Sendable, Hashable {
    /// The connector's name; nil where the form does not have it.
    package var connector: String?
    /// The topic prefix (`server`); nil where the form does not have it.
    package var server: String?
    /// nil where it was deleted.
    package var offset: DebeziumOffset?

    /// For messages: `orders/shop`.
    package var name: String {
      let names = [connector, server].compactMap { $0 }
      return names.isEmpty ? "(unnamed)" : names.joined(separator: "/")
    }
  }

  /// The newest of each.
  package private(set) var partitions: [Partition] = []
  private var places: [[String?]: Int] = [:]

  /// The largest file that is read.
  package static let sizeLimit = 64 << 20
  /// Connectors in one store.
  static let partitionLimit = 10_000

  /// Throws where the bytes are none of the forms, or are cut off: that is never "no position".
  package init(parsing bytes: [UInt8]) throws(FormatError) {
    if bytes.starts(with: JavaByteMap.magic) {
      for entry in try JavaByteMap(parsing: bytes).entries {
        guard let key = entry.key else { continue }
        try add(key: try Self.node(key), value: try entry.value.map(Self.node) ?? .null)
      }
    } else {
      var reader = JSONReader(bytes)
      var key: JSONNode?
      while let node = try reader.next() {
        if case .array = node, key == nil {
          key = node
        } else if let found = key {
          try add(key: found, value: node)
          key = nil
        } else {
          try add(document: node, at: reader.offset)
        }
      }
      if key != nil {
        throw FormatError(.tooShort, at: bytes.count, field: "offset", expected: "a value after the key")
      }
    }
    guard !partitions.isEmpty else {
      throw FormatError(.tooShort, at: 0, field: "offsets", expected: "the offset of a connector")
    }
  }

  /// One JSON text.
  private static func node(_ bytes: [UInt8]) throws(FormatError) -> JSONNode {
    var reader = JSONReader(bytes)
    guard let node = try reader.next() else { throw FormatError(.tooShort, at: 0, field: "JSON", expected: "a value") }
    return node
  }

  private mutating func add(document node: JSONNode, at place: Int) throws(FormatError) {
    if case .array(let offsets)? = node["offsets"] {
      for one in offsets {
        try add(connector: nil, partition: one["partition"] ?? .null, value: one["offset"] ?? .null)
      }
    } else if let key = node["key"], let value = node["payload"] ?? node["value"] {
      try add(key: try Self.inner(key), value: try Self.inner(value))
    } else if case .object(let states)? = node["state"] {
      for state in states { try add(key: try Self.node(Array(state.name.utf8)), value: try Self.inner(state.value)) }
    } else if node["lsn"] != nil || node["lsn_proc"] != nil {
      try put(Partition(connector: nil, server: nil, offset: try DebeziumOffset(node)))
    } else {
      throw FormatError(.badSyntax, at: place, field: "offsets", expected: "offsets as Kafka Connect stores them")
    }
  }

  /// JSON within a string.
  private static func inner(_ node: JSONNode) throws(FormatError) -> JSONNode {
    guard case .string(let text) = node else { return node }
    return try Self.node(Array(text.utf8))
  }

  /// `["CONNECTOR",{"server":"PREFIX"}]`.
  private mutating func add(key: JSONNode, value: JSONNode) throws(FormatError) {
    guard case .array(let parts) = key, let first = parts.first?.string, parts.count == 2 else {
      throw FormatError(.badSyntax, at: 0, field: "key", expected: "[\"connector\",{\"server\":\"prefix\"}]")
    }
    try add(connector: first, partition: parts[1], value: value)
  }

  private mutating func add(connector: String?, partition: JSONNode, value: JSONNode) throws(FormatError) {
    let server = partition["server"]?.string
    guard value != .null else { return try put(Partition(connector: connector, server: server, offset: nil)) }
    do {
      try put(Partition(connector: connector, server: server, offset: try DebeziumOffset(value)))
    } catch {
      // Stores of several connectors have those of other databases, too.
      let names = ["lsn", "lsn_proc", "lsn_commit"]
      guard names.allSatisfy({ value[$0] == nil }), case .object = value else { throw error }
    }
  }

  private mutating func put(_ partition: Partition) throws(FormatError) {
    let key = [partition.connector, partition.server]
    if let index = places[key] {
      partitions[index] = partition
      return
    }
    guard partitions.count < Self.partitionLimit else {
      throw FormatError(.tooLong, at: 0, field: "offsets", expected: "\(Self.partitionLimit) connectors at most")
    }
    places[key] = partitions.count
    partitions.append(partition)
  }
}
