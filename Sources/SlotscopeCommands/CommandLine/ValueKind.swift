import ClusterFiles
import PostgresFormat
import SlotSafety

/// What the value of an argument can be, as far as a shell can complete it: told by the value's name in the help.
enum ValueKind {
  /// One of these words.
  case words([String])
  case directory
  case file
  /// A directory, an evidence file, or a service of libpq.
  case source
  /// The name of a cluster; or a directory, where that can stand there, too.
  case cluster(orDirectory: Bool)
  /// A number, a position, a name: nobody can know it.
  case free

  init(_ argument: CommandDescription.Argument) {
    if let values = argument.allValues {
      self = .words(values)
      return
    }
    switch argument.valueName {
    case "source", "second-source": self = .source
    case "cluster": self = .cluster(orDirectory: false)
    case "dir-or-cluster": self = .cluster(orDirectory: true)
    case "dir", "pgdata", "waldir": self = .directory
    case "file", "output", "slot=position": self = .file
    case "id": self = .words(Rule.all.map(\.id.rawValue) + Premise.allCases.map(\.rawValue))
    case "fork": self = .words(Fork.allCases.map { "\($0.name)" })
    case "rmgr": self = .words(ResourceManager.builtIn.map(\.name))
    case "node": self = .words(PlanNode.allCases.map(\.rawValue) + ["both"])
    default: self = .free
    }
  }

  /// The clusters that are defined where definitions are looked for without `--config`.
  static var clusters: [String] { (try? ClusterOptions.names(ClusterOptions.folders(nil))) ?? [] }

  /// `service=NAME` for the services that libpq would find for this user.
  static var services: [String] {
    let home = Terminal.environment("HOME").map { $0 + "/.pg_service.conf" }
    let system = Terminal.environment("PGSYSCONFDIR").map { $0 + "/pg_service.conf" }
    let files = [Terminal.environment("PGSERVICEFILE") ?? home, system ?? "/etc/postgresql-common/pg_service.conf"]
    var names: [String] = []
    for case let file? in files {
      guard let bytes = try? readWholeFile(file, limit: 1 << 20) else { continue }
      for line in bytes.split(separator: UInt8(ascii: "\n")) where line.first == UInt8(ascii: "[") {
        let name = String(decoding: line.dropFirst().prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self)
        let isPlain = name.unicodeScalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-.".unicodeScalars.contains($0))
        }
        if !name.isEmpty, isPlain { names.append("service=" + name) }
      }
    }
    return names
  }
}
