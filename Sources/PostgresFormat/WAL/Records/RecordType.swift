/// One kind of record of one resource manager, with the versions that write it.
struct RecordTypeRow: Sendable {
  let kind: RecordKind
  /// The bit of `xl_info` that a name of its own stands for: a page that was made anew.
  let flag: UInt8
  let name: StaticString
  let from: ServerVersion
  let to: ServerVersion

  init(
    _ kind: RecordKind, flag: UInt8 = 0, _ name: StaticString, from: ServerVersion = .oldest,
    to: ServerVersion = .newest
  ) {
    (self.kind, self.flag, self.name, self.from, self.to) = (kind, flag, name, from, to)
  }

  /// A type that nothing but its name is known of.
  init(
    _ manager: ResourceManager, _ code: UInt8, _ name: StaticString,
    from: ServerVersion = .oldest, to: ServerVersion = .newest
  ) { self.init(RecordKind(manager, code), name, from: from, to: to) }
}

/// The names of the record types of one version, as that version's pg_waldump prints them after `desc:`.
///
/// Made once per walk from ``RecordTypeRow/all``; a lookup is an index into an array.
package struct RecordTypeNames: Sendable {
  private var names: [StaticString?]

  /// The names of `version`: the same code may stand for another type in another version, as in Heap2 and Database.
  package init(_ version: ServerVersion) {
    names = Array(repeating: nil, count: ResourceManager.names.count * 16)
    for row in RecordTypeRow.all where row.from <= version && version <= row.to {
      names[Int(row.kind.manager.rawValue) * 16 + Int((row.kind.code | row.flag) >> 4)] = row.name
    }
    for code in 0..<16 { names[Int(ResourceManager.generic.rawValue) * 16 + code] = "Generic" }
  }

  /// The bits of `xl_info` that tell the types of this manager apart: `XLOG_XACT_OPMASK` for Transaction, whose topmost
  /// bit is a flag; the high four bits for all others.
  package static func code(of manager: ResourceManager, info: UInt8) -> UInt8 {
    manager == .transaction ? info & 0x70 : info & 0xF0
  }

  /// nil for a type that this version does not know; its text is `UNKNOWN (code in hex)`.
  package func known(_ manager: ResourceManager, info: UInt8) -> StaticString? {
    let index = Int(manager.rawValue) * 16 + Int(Self.code(of: manager, info: info) >> 4)
    return index < names.count ? names[index] : nil
  }

  /// The name, or what pg_waldump prints where it has none.
  package func name(_ manager: ResourceManager, info: UInt8) -> String {
    if let known = known(manager, info: info) { return "\(known)" }
    return "UNKNOWN (\(String(info & 0xF0, radix: 16)))"
  }
}
