import PostgresFormat

/// Gauges in the text format of Prometheus, as node_exporter's textfile collector reads them.
///
/// A file replaces the one before it as a whole, so a series that is not written any more is gone: nothing says for ever what held
/// once. Values of labels are escaped here and nowhere else.
package struct MetricsPage: Sendable {
  /// A name and a value; the name is the program's own or was checked by ``isLabel(_:)``.
  package struct Label: Sendable, Hashable {
    /// `standby`, `slot_name`.
    package var name: String
    /// As it is: it is escaped when it is written.
    package var value: String
    /// A label is written also where its value is empty, which Prometheus takes for none.
    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// One series of a family.
  struct Sample: Sendable, Hashable {
    var labels: [Label]
    var value: String
    init(_ labels: [Label], _ value: some BinaryInteger) { (self.labels, self.value) = (labels, String(value)) }
    init(_ labels: [Label], _ holds: Bool) { self.init(labels, holds ? 1 : 0) }
  }

  /// On every series, before its own labels: two files in one folder must not have the same series.
  private let common: [Label]
  private var lines: [String] = []

  /// Begins with `slotscope_up`, and with the time by which an old file is told from a new one.
  init(isUp: Bool, common: [Label], question: String, at time: Timestamp) {
    self.common = common
    family(
      "slotscope_up", "Whether every source could be read: 1, else 0.", [Sample([], isUp)])
    family(
      "slotscope_\(question)_timestamp_seconds", "When the question was asked.",
      [Sample([], time.unixMicroseconds / 1_000_000)])
  }

  /// Adds a family; nothing where it has no sample.
  mutating func family(_ name: String, _ help: String, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    lines += ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
    for sample in samples {
      let labels = (common + sample.labels).map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
      lines.append("\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)")
    }
  }

  /// A family with a series for every state that there is, 1 for the one that holds.
  mutating func states<State: Equatable>(
    _ name: String, _ help: String, _ label: String, all: [(state: State, word: String)],
    of things: [(labels: [Label], state: State)]
  ) {
    family(
      name, help,
      things.flatMap { thing in all.map { Sample(thing.labels + [Label(label, $0.word)], $0.state == thing.state) } })
  }

  /// With its last line end.
  var text: String { lines.joined(separator: "\n") + "\n" }

  /// Whether Prometheus takes this for the name of a label that is not its own.
  package static func isLabel(_ name: String) -> Bool {
    guard let first = name.utf8.first, !name.hasPrefix("__") else { return false }
    func isLetter(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
    return isLetter(first)
      && name.utf8.allSatisfy { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Backslash, quote and line end by the format's rule, other controls made harmless.
  private static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out += TerminalText.replacing("\\", with: "\\\\", in: TerminalText.escaped(String(scalar)))
      }
    }
    return out
  }
}
