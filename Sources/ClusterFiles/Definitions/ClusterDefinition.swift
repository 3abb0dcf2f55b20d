package import PostgresFormat

/// A cluster by its name: what an operator wrote down once, so that commands take the name in place of their sources.
///
/// Which node is the primary does not stand in it: that is found out each time.
package struct ClusterDefinition: Sendable, Hashable {
  /// One node, and where it can be read.
  package struct Node: Sendable, Hashable {
    /// For tables and messages.
    package var name: String
    /// In the order in which they are tried: the server itself, then what was captured of it.
    package var sources: [String]
    /// A name and at least one source.
    package init(name: String, sources: [String]) { (self.name, self.sources) = (name, sources) }
  }

  /// A consumer that keeps its position in a file.
  package struct Consumer: Sendable, Hashable {
    /// As pg_replication_slots has it.
    package var slotName: String
    /// What Debezium or Kafka Connect stores: an absolute path, perhaps with `#NAME`.
    package var file: String
  }

  /// The file's name without `.toml`; what Patroni or repmgr call it.
  package var name: String
  /// The file.
  package var path: String
  /// In the order of the file.
  package var nodes: [Node] = []
  /// Folders with archived WAL.
  package var archives: [String] = []
  /// Sources of subscribers.
  package var subscribers: [String] = []
  /// By slots.
  package var consumers: [Consumer] = []
  /// The file is of one node, and the others are found from it: who follows whom. They are connected to as this says, with another host and
  /// port. nil where the file names all nodes.
  package var others: String?
  /// Of those that are found, the ones that do not count.
  package var leftOut: Set<String> = []
  /// Ids of premises that are given; whether there are such, the one who asks has to say.
  package var assumptions: [TOMLDocument.Text] = []

  /// A cluster and its file, without anything in it yet.
  package init(name: String, path: String) { (self.name, self.path) = (name, path) }

  /// Nodes of one cluster, and entries of each list.
  package static let limit = 64

  /// Whether this can be the name of a cluster or a node: it becomes the name of a file.
  package static func isName(_ text: String) -> Bool {
    guard (1...63).contains(text.utf8.count), let first = text.utf8.first, isPlain(first) else { return false }
    return text.utf8.allSatisfy { isPlain($0) || "-_.".utf8.contains($0) }
  }

  static func isPlain(_ byte: UInt8) -> Bool {
    byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}

/// Why a definition cannot be taken.
package struct DefinitionError: Error, Sendable, Hashable {
  /// The file or folder.
  package var path: String
  /// From 1; nil where no line is at fault.
  package var line: Int?
  /// What is wrong: a clause.
  package var message: String
  /// A whole sentence: what to do.
  package var hint: String?

  /// A file, what is wrong with it, and what to do.
  package init(_ path: String, line: Int? = nil, _ message: String, hint: String? = nil) {
    (self.path, self.line, self.message, self.hint) = (path, line, message, hint)
  }

  /// `FILE:LINE: …`.
  package var text: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(message)" }
}
