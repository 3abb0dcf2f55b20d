import PostgresFormat

extension LogZone {
  /// The zone of a name as `log_timezone` has it, by the rules of the machine that reads the log. Unknown where the machine has none
  /// of that name, and for names that are rules themselves (`CET-1`).
  init(named name: String?) {
    guard let name, !Self.isUTC(name) else {
      self = .utc
      return
    }
    self = .unknown
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    // "localtime" is what the machine has that reads; "right" counts leap seconds.
    guard (1...4).contains(parts.count), !["localtime", "posixrules", "right"].contains(parts[0].lowercased()),
      parts.allSatisfy({ part in
        !part.isEmpty && part.utf8.count < 64 && part.utf8.allSatisfy { Self.allowed.contains($0) }
      })
    else { return }
    for folder in Self.folders {
      guard let path = Self.path(of: parts, in: folder), let bytes = try? readWholeFile(path, limit: 1 << 20),
        let rules = TimeZoneRules(bytes)
      else { continue }
      self = .rules(rules)
      return
    }
  }

  private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
  private static let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-".utf8)

  /// Servers take names in any case.
  private static func path(of parts: [String], in folder: String) -> String? {
    var path = folder
    for part in parts {
      if (try? FileStatus(path: path + "/" + part)) == nil {
        guard let listing = try? DirectoryListing(path: path),
          let name = listing.entries.first(where: { $0.name.lowercased() == part.lowercased() })?.name
        else { return nil }
        path += "/" + name
      } else {
        path += "/" + part
      }
    }
    return path
  }
}
