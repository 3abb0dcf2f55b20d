package import SlotSafety
import PostgresFormat
import Evidence

/// Which rows the tables of slots of `inspect` have, and in which order.
package struct SlotOrder: Sendable {
  /// What they are sorted by.
  package enum Column: String, Sendable, CaseIterable {
    case name, type, database
    /// By position, the furthest behind first.
    case restart, confirmed
    /// By the WAL that is kept for them, the most first.
    case retained
    /// The worst first.
    case fate
  }

  /// nil: by name where they are few, else the worst first, and of these what keeps most WAL.
  package var column: Column?
  /// Those that have a row.
  package var selected: SlotFilter

  /// All of them in the usual order.
  package init(by column: Column? = nil, selected: SlotFilter = .all) {
    (self.column, self.selected) = (column, selected)
  }

  /// As many as can be looked over whatever their order.
  private static let few = 12

  func rows(_ slots: [SlotInspection]) -> [SlotInspection] {
    let shown = slots.filter { selected.selects(name: $0.name, plugin: $0.evidence.state?.plugin ?? "") }
    let named = shown.sorted { $0.name < $1.name }
    switch column {
    case .name?: return named
    case .type?: return Self.sorted(named) { $0.evidence.state?.isLogical == true ? 0 : 1 }
    case .database?: return named.sorted { ($0.databaseName ?? "", $0.name) < ($1.databaseName ?? "", $1.name) }
    case .restart?: return Self.sorted(named) { $0.evidence.state?.restartLSN.rawValue ?? 0 }
    case .confirmed?: return Self.sorted(named) { $0.evidence.state?.confirmedFlush.rawValue ?? 0 }
    case .retained?: return Self.sorted(named, by: Self.retained)
    case .fate?: return Self.sorted(Self.sorted(named, by: Self.retained), by: Self.severity)
    case nil where shown.count <= Self.few: return shown
    case nil: return Self.sorted(Self.sorted(named, by: Self.retained), by: Self.severity)
    }
  }

  /// In ascending order of the number; what has the same one stays as it was.
  private static func sorted(_ slots: [SlotInspection], by number: (SlotInspection) -> UInt64) -> [SlotInspection] {
    slots.enumerated().map { (number($0.element), $0.offset, $0.element) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(
      \.2)
  }

  private static func retained(_ slot: SlotInspection) -> UInt64 { .max - (slot.requiredWAL?.retainedBytes ?? 0) }

  private static func severity(_ slot: SlotInspection) -> UInt64 {
    switch slot.fate {
    case .damaged, .walMissing, .beyondEnd, .cannotDecode, .skips: 0
    case .lost, .lostNext, .lostByReplay: 1
    case .vanishes, .unfinished: 2
    case .fine: 3
    }
  }
}
