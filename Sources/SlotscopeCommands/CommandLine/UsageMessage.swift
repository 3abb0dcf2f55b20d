/// What the parser says of a wrong value, as PostgreSQL's programs would: one line, the option first.
enum UsageMessage {
  /// `The value 'x' is invalid for '--from <lsn>': "x" is not an LSN` is `option "--from": "x" is not an LSN`.
  static func text(_ message: String) -> String {
    let line = message.split(separator: "\n").map { String($0.drop { $0 == " " }) }.joined(separator: "; ")
    guard line.hasPrefix("The value '"), let place = line.firstRange(of: "' is invalid for '") else { return line }
    let value = line[line.index(line.startIndex, offsetBy: 11)..<place.lowerBound]
    let rest = line[place.upperBound...]
    guard let end = rest.firstIndex(of: "'") else { return line }
    let option = rest[..<end].split(separator: " ").first.map(String.init) ?? ""
    let reason = rest[rest.index(after: end)...]
    let subject = option.hasPrefix("-") ? "option \"\(option)\"" : "argument"
    return reason.hasPrefix(": ") ? "\(subject):\(reason.dropFirst())" : "invalid value \"\(value)\" for \(subject)"
  }
}
