import ByteReading

extension ConnectionString {
  /// The parts of `postgresql://[user[:password]@][host[:port],…][/dbname][?name=value&…]` after the scheme.
  ///
  /// Hosts and ports of a list become one comma-separated value each, as libpq keeps them.
  static func uriParts(_ bytes: [UInt8], from start: Int) throws(FormatError) -> [Part] {
    var parts: [Part] = []
    var at = start
    func end(of stops: String) -> Int {
      var index = at
      while index < bytes.count, !stops.utf8.contains(bytes[index]) { index += 1 }
      return index
    }

    let lookAhead = end(of: "@/")
    if lookAhead < bytes.count, bytes[lookAhead] == UInt8(ascii: "@") {
      let user = end(of: ":@")
      if user > at { parts.append(try part("user", bytes, at..<user)) }
      if user < lookAhead {
        if lookAhead > user + 1 { parts.append(try part("password", bytes, user + 1..<lookAhead)) }
      }
      at = lookAhead + 1
    }

    var hosts: [String] = []
    var ports: [String] = []
    let hostsStart = at
    while true {
      if at < bytes.count, bytes[at] == UInt8(ascii: "[") {
        let close = end(of: "]")
        guard close < bytes.count, close > at + 1 else { throw syntax(at: at) }
        hosts.append(try decoded(bytes, at + 1..<close))
        at = close + 1
        guard at == bytes.count || ":/?,".utf8.contains(bytes[at]) else { throw syntax(at: at) }
      } else {
        let close = end(of: ":/?,")
        hosts.append(try decoded(bytes, at..<close))
        at = close
      }
      if at < bytes.count, bytes[at] == UInt8(ascii: ":") {
        at += 1
        let close = end(of: "/?,")
        ports.append(try decoded(bytes, at..<close))
        at = close
      } else {
        ports.append("")
      }
      guard at < bytes.count, bytes[at] == UInt8(ascii: ",") else { break }
      at += 1
    }
    let whole = hostsStart..<at
    if hosts.contains(where: { !$0.isEmpty }) {
      parts.append(Part(parameter: Parameter(name: "host", value: hosts.joined(separator: ",")), range: whole))
    }
    if ports.contains(where: { !$0.isEmpty }) {
      parts.append(Part(parameter: Parameter(name: "port", value: ports.joined(separator: ",")), range: whole))
    }

    if at < bytes.count, bytes[at] == UInt8(ascii: "/") {
      at += 1
      let close = end(of: "?")
      if close > at { parts.append(try part("dbname", bytes, at..<close)) }
      at = close
    }
    guard at < bytes.count else { return parts }
    at += 1
    while at < bytes.count {
      let equals = end(of: "=&")
      guard equals < bytes.count, bytes[equals] == UInt8(ascii: "=") else { throw syntax(at: at) }
      let name = try decoded(bytes, at..<equals)
      let first = at
      at = equals + 1
      let close = end(of: "&=")
      guard close == bytes.count || bytes[close] == UInt8(ascii: "&") else { throw syntax(at: close) }
      let value = try decoded(bytes, at..<close)
      parts.append(Part(parameter: Parameter(name: name, value: value), range: first..<close, isQuery: true))
      at = close + 1
    }
    return parts
  }

  private static func part(_ name: String, _ bytes: [UInt8], _ range: Range<Int>) throws(FormatError) -> Part {
    Part(parameter: Parameter(name: name, value: try decoded(bytes, range)), range: range)
  }

  /// Undoes percent-encoding. `%00` and a `%` without two hex digits are refused.
  private static func decoded(_ bytes: [UInt8], _ range: Range<Int>) throws(FormatError) -> String {
    var result: [UInt8] = []
    var at = range.lowerBound
    while at < range.upperBound {
      guard bytes[at] == UInt8(ascii: "%") else {
        result.append(bytes[at])
        at += 1
        continue
      }
      guard at + 2 < range.upperBound, let high = bytes[at + 1].hexDigit, let low = bytes[at + 2].hexDigit,
        high != 0 || low != 0
      else { throw syntax(at: at) }
      result.append(high << 4 | low)
      at += 3
    }
    return String(decoding: result, as: UTF8.self)
  }
}
