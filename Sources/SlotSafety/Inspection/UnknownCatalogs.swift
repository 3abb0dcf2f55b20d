import Evidence
import PostgresFormat

/// A node whose `CATALOG_VERSION_NO` is of no release that is known: a fork, a development version, or one to come.
///
/// Its control file, slot files and WAL pages have numbers of their own, which are checked where they are read. What these
/// do not tell is whether the catalogs and the contents of WAL records have changed, so nothing read there proves anything.
package struct UnknownCatalogs: Sendable, Hashable {
  static let unit = RuleUnit(
    .nodes, .everySlot { finding(of: $0).map { .fails(.unknown, "catalog version of no known release", $0) } },
    rules: Rule(.a04Catalogs, .error, "Both nodes have the catalog version of a known release.", remedy))

  private let number: UInt32
  private let version: ServerVersion?
  private let path: String
  private let offset: Int?

  /// nil where the number is known, and where there is no control file that can be relied on.
  init?(_ evidence: Evidence) {
    guard let control = evidence.control, control.value.checksumMatches, !control.value.hasKnownCatalogs else {
      return nil
    }
    (number, version, path) = (control.value.catalogVersion, evidence.version, control.path)
    offset = evidence.controlOffset(of: ControlFile.Fields.catalogVersion)
  }

  /// Nothing is proven by files whose form is not known.
  static func finding(of failover: Failover) -> Finding? {
    let nodes = failover.nodes.compactMap { name, evidence in
      UnknownCatalogs(evidence).map { (name: name, catalogs: $0) }
    }
    guard let first = nodes.first else { return nil }
    return Finding(
      .a04Catalogs, first.catalogs.sentence(of: nodes.count == 1 ? "The \(first.name)" : "Each of the two nodes"),
      facts: nodes.map { $0.catalogs.fact(node: $0.name) })
  }

  /// What is not known, and what follows from it. `node` begins the sentence.
  func sentence(of node: String) -> String {
    let major = version.map { "PostgreSQL \($0)" } ?? "PostgreSQL"
    return "\(node) has catalog version \(number), which no release of \(major) has (a fork, or a development version):"
      + " its catalogs and WAL records are read as that release writes them and may mean something else, so no slot is"
      + " called ready."
  }

  /// Where the number stands.
  func fact(node: String? = nil) -> Fact {
    Fact("catalog version \(number)", path: path, offset: offset, node: node)
  }

  /// What to do instead.
  static let remedy =
    "Use a newer slotscope if there is one; else compare what the slots and their consumers say on the running servers."
}
