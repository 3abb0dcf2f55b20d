/// Takes a log apart line by line. Nothing in it crashes or holds more than a megabyte of one entry.
package struct ServerLogParser: Sendable {
  /// How entries are written (`log_destination`).
  package enum Form: Sendable, Hashable {
    case stderr(LogLinePrefix)
    case csv, json
  }

  private let form: Form
  private let zone: LogZone
  /// The lines of an entry of csvlog that has not ended.
  private var open: [UInt8] = []
  private var isQuoted = false
  /// Entries that are none, of a form in which nothing else can stand: something is missing.
  package var isDamaged: Bool { if case .stderr = form { false } else { notUnderstood > 0 || isQuoted } }
  /// Lines that are neither an entry nor its continuation.
  package private(set) var notUnderstood = 0

  /// Times that `zone` does not tell are not known.
  package init(_ form: Form, in zone: LogZone) { (self.form, self.zone) = (form, zone) }

  /// An entry that ends with this line, given without its end.
  package mutating func add(line: [UInt8]) -> ServerLogEntry? {
    switch form {
    case .stderr(let prefix):
      guard line.first != UInt8(ascii: "\t"), !line.isEmpty else { return nil }
      guard let entry = prefix.entry(line, in: zone) else { return missed() }
      return entry
    case .json:
      guard let object = FlatJSON.object(line) else { return missed() }
      return entry(json: object) ?? missed()
    case .csv:
      if line.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 1 { isQuoted.toggle() }
      // Of what is longer nothing is taken, as what follows may be of it.
      guard open.count + line.count < Self.entryLimit else { return missed() }
      open += open.isEmpty ? line : [UInt8(ascii: "\n")] + line
      guard !isQuoted else { return nil }
      defer { open = [] }
      return entry(csv: Self.fields(open)) ?? missed()
    }
  }

  private mutating func missed() -> ServerLogEntry? {
    notUnderstood += 1
    return nil
  }

  private static let entryLimit = 1 << 20

  /// 24 columns in 13, 26 in later versions; the newest ones stand last.
  private func entry(csv fields: [[UInt8]]) -> ServerLogEntry? {
    guard fields.count >= 23 else { return nil }
    var entry = ServerLogEntry(severity: String(decoding: fields[11].prefix(24), as: UTF8.self), message: fields[13])
    guard let time = LogTime(fields[0]), let processID = fields[3].decimalNumber else { return nil }
    entry.time = moment(time, session: fields[5], startedAt: fields[8])
    entry.processID = UInt32(exactly: processID)
    entry.number = fields[6].decimalNumber
    if fields.count > 23 { entry.backendType = String(decoding: fields[23].prefix(64), as: UTF8.self) }
    return entry
  }

  private func entry(json object: [String: [UInt8]]) -> ServerLogEntry? {
    guard let severity = object["error_severity"], let time = object["timestamp"].flatMap({ LogTime($0) }) else {
      return nil
    }
    var entry = ServerLogEntry(
      severity: String(decoding: severity.prefix(24), as: UTF8.self), message: object["message"] ?? [])
    entry.time = moment(time, session: object["session_id"] ?? [], startedAt: object["session_start"] ?? [])
    entry.processID = object["pid"]?.decimalNumber.flatMap { UInt32(exactly: $0) }
    entry.number = object["line_num"]?.decimalNumber
    entry.backendType = object["backend_type"].map { String(decoding: $0.prefix(64), as: UTF8.self) }
    return entry
  }

  /// The session's start stands beside its id, which has it without a zone: both must say the same.
  private func moment(_ time: LogTime, session id: [UInt8], startedAt start: [UInt8]) -> Timestamp? {
    let digits = String(decoding: id.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
    if let start = LogTime(start), let seconds = Int64(digits, radix: 16),
      zone.moment(start) != Timestamp(unixSeconds: seconds)
    {
      return nil
    }
    return zone.moment(time)
  }

  /// The fields of one record, without their quotes.
  private static func fields(_ record: [UInt8]) -> [[UInt8]] {
    var fields: [[UInt8]] = [[]]
    var isQuoted = false
    var previous: UInt8?
    for byte in record {
      if byte == UInt8(ascii: "\"") {
        // A doubled quote stands for itself.
        if !isQuoted, previous == byte { fields[fields.count - 1].append(byte) }
        isQuoted.toggle()
      } else if byte == UInt8(ascii: ","), !isQuoted {
        fields.append([])
      } else {
        fields[fields.count - 1].append(byte)
      }
      previous = byte
    }
    return fields
  }
}

/// An object whose values are strings and numbers, as jsonlog writes them.
enum FlatJSON {
  /// Values without their quotes and escapes; nil where it is anything else.
  static func object(_ bytes: [UInt8]) -> [String: [UInt8]]? {
    var rest = bytes[...]
    guard rest.popFirst() == UInt8(ascii: "{") else { return nil }
    var object: [String: [UInt8]] = [:]
    while true {
      guard let name = string(&rest), rest.popFirst() == UInt8(ascii: ":") else { return nil }
      if rest.first == UInt8(ascii: "\"") {
        guard let value = string(&rest) else { return nil }
        object[String(decoding: name, as: UTF8.self)] = value
      } else {
        let value = rest.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        rest = rest.dropFirst(value.count)
        object[String(decoding: name, as: UTF8.self)] = Array(value)
      }
      switch rest.popFirst() {
      case UInt8(ascii: ","): continue
      case UInt8(ascii: "}"): return rest.isEmpty ? object : nil
      default: return nil
      }
    }
  }

  private static func string(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
    var value: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return value }
      guard byte == UInt8(ascii: "\\") else {
        value.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
      case UInt8(ascii: "t"): value.append(UInt8(ascii: "\t"))
      case UInt8(ascii: "r"): value.append(UInt8(ascii: "\r"))
      case UInt8(ascii: "u"):
        // Control characters alone are written so.
        guard rest.count >= 4 else { return nil }
        value.append(UInt8(ascii: "?"))
        rest = rest.dropFirst(4)
      case let escaped?: value.append(escaped)
      case nil: return nil
      }
    }
    return nil
  }
}
