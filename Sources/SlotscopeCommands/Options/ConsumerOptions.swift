import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import SlotSafety

/// `--consumer SLOT=LSN|FILE`: how far consumers are by what they stored themselves.
struct ConsumerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How far a slot's consumer is by itself: an LSN (0/1A2B, or decimal) or a file that has it. Repeatable.",
      discussion: """
        A file of Kafka Connect or Debezium: offsets.dat, the document of GET /connectors/NAME/offsets, a record of the topic \
        connect-offsets; of several connectors FILE#NAME picks one. It shows what the consumer has at least; that it has no \
        more, --assume consumer-stopped says.
        """, valueName: "slot=position"),
    transform: ConsumerArgument.init)
  var consumer: [ConsumerArgument] = []

  func validate() throws {
    var seen: Set<String> = []
    if let twice = consumer.first(where: { !seen.insert($0.slot).inserted }) {
      throw ValidationError("--consumer was given twice for the slot \(twice.slot)")
    }
  }

  /// Reads the files. Ends the command with a message where one has no position, or the node with the slots has no such slot.
  func storedPositions(of node: Evidence?) throws(CommandFailure) -> [StoredPosition] {
    var positions: [StoredPosition] = []
    for one in consumer {
      if let node {
        let name = one.slot
        guard let slot = node.slots.first(where: { ($0.state?.name ?? $0.directory) == name }) else {
          throw CommandFailure(
            "there is no slot \(name) whose consumer could have a position", hint: LedgerScope.slotList(node))
        }
        guard slot.state?.isLogical != false else {
          throw CommandFailure("slot \(name) is physical: --consumer is for consumers of logical slots")
        }
      }
      positions += try one.storedPosition().map { [$0] } ?? []
    }
    return positions
  }
}

/// One `SLOT=POSITION`.
struct ConsumerArgument: Sendable, Hashable {
  var slot: String
  /// As it was given, after the `=`.
  var text: String

  init(_ argument: String) throws {
    guard let place = argument.firstIndex(of: "="), place > argument.startIndex else {
      throw ValidationError("\"\(argument)\" is not SLOT=POSITION such as orders=0/0150A2F8 or orders=offsets.dat")
    }
    (slot, text) = (String(argument[..<place]), String(argument[argument.index(after: place)...]))
    guard !text.isEmpty, lsn != LSN.none else {
      throw ValidationError("\"\(argument)\" has no position after the slot's name")
    }
  }

  /// nil for a file.
  var lsn: LSN? { StoredOffsetsFile.position(text) }

  /// nil where the consumer has no position and begins anew.
  func storedPosition() throws(CommandFailure) -> StoredPosition? {
    if let lsn { return StoredPosition(slotName: slot, source: "--consumer \(slot)=\(text)", lsn: lsn) }
    let (path, name) = fileAndName
    let content: StoredOffsetsFile.Content
    do throws(FileError) { content = try StoredOffsetsFile.read(path) } catch {
      throw CommandFailure(
        "\(path): \(error.message)",
        hint: "Give an LSN, or a file with the consumer's offset (--consumer \(slot)=FILE).")
    }
    switch content {
    case .position(let lsn): return StoredPosition(slotName: slot, source: path, lsn: lsn)
    case .offsets(let all):
      let partition = try Self.partition(named: name, of: all, path: path)
      guard let offset = partition.offset else {
        throw CommandFailure(
          "\(path): the offset of \(partition.name) was deleted",
          hint: "The connector begins anew: leave --consumer out.")
      }
      return StoredPosition(slotName: slot, source: path, offset)
    case .none(let fault):
      throw CommandFailure(
        "\(path) has no offsets that can be read", detail: "It is damaged, cut off or of another kind: \(fault).",
        hint: "Give an LSN, or what Kafka Connect or Debezium stores.")
    }
  }

  /// `FILE#NAME`, where there is no file of the whole name.
  private var fileAndName: (path: String, name: String?) {
    guard let mark = text.lastIndex(of: "#"), (try? FileStatus(path: text)) == nil else { return (text, nil) }
    return (String(text[..<mark]), String(text[text.index(after: mark)...]))
  }

  private static func partition(
    named name: String?, of all: [ConnectOffsets.Partition], path: String
  ) throws(CommandFailure) -> ConnectOffsets.Partition {
    let found = name.map { name in all.filter { $0.connector == name || $0.server == name || $0.name == name } } ?? all
    if let first = found.first, found.count == 1 { return first }
    let names = all.prefix(12).map(\.name).joined(separator: ", ") + (all.count > 12 ? ", …" : "")
    throw CommandFailure(
      found.isEmpty
        ? "\(path) has no offset of \(name ?? "a connector")" : "\(path) has the offsets of several connectors",
      detail: "It has: \(names).", hint: "Name the one whose slot.name this is, as in FILE#\(all[0].name).")
  }
}
