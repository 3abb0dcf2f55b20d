package import Evidence
import PostgresFormat
package import SlotSafety

/// The next command line after an audit, addressed to a server.
package enum AuditThen {
  /// The names of the sources as they are typed: words of a shell, quoted already.
  package struct Sources: Sendable {
    /// `--primary P --standby S`, as `audit` and `ledger` take them.
    package var nodes: String
    /// What `plan` takes beside them: subscribers, archives, followers.
    package var others: String
    /// Nothing beside the nodes.
    package init(nodes: String, others: String = "") { (self.nodes, self.others) = (nodes, others) }
    fileprivate var all: String { others.isEmpty ? nodes : "\(nodes) \(others)" }
  }

  /// Lines after `Then:`; empty where there is nothing to type. What stands in parentheses says what the command is for, and what
  /// in it is to be replaced.
  package static func lines(_ step: NextStep, sources: Sources, primary: Evidence?, standby: Evidence?) -> [String] {
    let plan = "slotscope plan \(sources.all)"
    var placeholders: [String] = []
    func server(_ node: Evidence?, _ placeholder: String, _ database: String) -> String {
      let address = ServerAddress(node, placeholder: placeholder, database: database)
      if !address.isKnown, !placeholders.contains(placeholder) { placeholders.append(placeholder) }
      return ShellWord.quoted(address.text)
    }
    func psql(_ node: Evidence?, _ placeholder: String, _ database: String) -> String {
      "psql -X -d \(server(node, placeholder, database))"
    }
    func connection(_ name: String, _ node: Evidence?, _ placeholder: String, _ database: String) -> String {
      "-v \(name)=\(server(node, placeholder, database))"
    }
    let lines = lines(step, plan, sources, primary, standby, psql: psql, connection: connection)
    guard !placeholders.isEmpty else { return lines }
    let names = placeholders.joined(separator: " and ")
    return lines + ["(\(names): put the server's host there, and the port where it is not 5432)"]
  }

  private typealias Connected = (_ node: Evidence?, _ placeholder: String, _ database: String) -> String

  private static func lines(
    _ step: NextStep, _ plan: String, _ sources: Sources, _ primary: Evidence?, _ standby: Evidence?, psql: Connected,
    connection: (_ name: String, _ node: Evidence?, _ placeholder: String, _ database: String) -> String
  ) -> [String] {
    switch step {
    case .none: return []
    case .run(let part, let database, let alsoOnPrimary, let isAskedFor):
      let which = alsoOnPrimary ? " --for both" : isAskedFor ? " --for \(part.name)" : ""
      guard alsoOnPrimary else {
        let (node, placeholder): (Evidence?, String) =
          switch part.node {
          case .primary: (primary, "PRIMARY")
          case .standby: (standby, "STANDBY")
          case .newPrimary: (standby, "NEW_PRIMARY")
          case .subscriber: (nil, "SUBSCRIBER")
          case .follower: (nil, "FOLLOWER")
          }
        return ["\(plan)\(which) | \(psql(node, placeholder, database))"]
      }
      return [
        "\(plan)\(which) | \(psql(standby, "STANDBY", database))"
          + " \(connection("primary_conninfo", primary, "PRIMARY", database))"
          + " \(connection("standby_conninfo", standby, "STANDBY", database))"
      ]
    case .runAll:
      return ["\(plan) --output-dir plan", "(scripts for several servers; plan/README.md has their order)"]
    case .runAfterPromotion(let database, let isAskedFor):
      let approach = isAskedFor ? " --approach slots-on-new-primary" : ""
      return [
        "\(plan)\(approach) | \(psql(standby, "NEW_PRIMARY", database))",
        "(right after the promotion, before any writer is let in)",
      ]
    case .resynchronize:
      return [
        "\(plan) --resynchronize",
        "(no script mends what speaks against it now; this prints how to copy the tables anew)",
      ]
    case .ledger: return ["slotscope ledger \(sources.nodes)", "(the transactions in question)"]
    }
  }
}

/// Where a server is reached, as far as the evidence tells.
struct ServerAddress {
  /// A connection string: of a server the one that it was asked by; of files that a server ran on, its socket or host; else the
  /// placeholder.
  let text: String
  /// Whether it is not a placeholder.
  let isKnown: Bool

  init(_ evidence: Evidence?, placeholder: String, database: String) {
    let unknown = "host=\(placeholder)"
    guard let evidence else {
      (text, isKnown) = ("\(unknown) \(Self.dbname(database))", false)
      return
    }
    if evidence.origin.kind == .server {
      let source = evidence.origin.source
      // A URI names its database in its own way; the last of two counts elsewhere.
      let isWhole = source.contains("://") || source.contains("dbname")
      (text, isKnown) = (isWhole ? source : "\(source) \(Self.dbname(database))", true)
      return
    }
    var parts = [unknown]
    if evidence.isRunning == true, let pid = evidence.startFiles.postmasterPID {
      let isLocal = [nil, "localhost", "127.0.0.1", "::1"].contains(pid.listenAddress)
      if !isLocal, let host = evidence.origin.host, !host.isEmpty {
        parts = ["host=\(Self.value(host))"]
      } else if let folder = pid.socketDirectory, !folder.isEmpty {
        parts = ["host=\(Self.value(folder))"]
      }
      if let port = pid.port, port != 5432 { parts.append("port=\(port)") }
    }
    isKnown = parts.first != unknown
    text = (parts + [Self.dbname(database)]).joined(separator: " ")
  }

  private static func dbname(_ database: String) -> String { "dbname=\(value(database))" }

  /// A value in a connection string (`conninfo_parse`).
  private static func value(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./:".unicodeScalars.contains($0)
      }
    guard !isPlain else { return text }
    let escaped = TerminalText.replacing("'", with: "\\'", in: TerminalText.replacing("\\", with: "\\\\", in: text))
    return "'\(escaped)'"
  }
}

/// A word of a shell's command line.
package enum ShellWord {
  /// As it is where no character means anything to a shell, else in single quotes.
  package static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./+@%:,".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "'" + TerminalText.replacing("'", with: "'\\''", in: text) + "'"
  }
}
