import Evidence
import PostgresFormat
package import SlotSafety

/// `slotscope.upgrade/1`: what pg_upgrade would say.
package enum UpgradeJSON {
  /// Members without a known value are null.
  package static func document(_ upgrade: Upgrade) -> JSONValue {
    [
      "schema": "slotscope.upgrade/1",
      "from": .text(upgrade.question.old.version?.name),
      "to": .string(upgrade.question.to.name),
      "passes": .flag(upgrade.passes),
      "message": .text(upgrade.message),
      "checks": .list(upgrade.checks) { check in
        [
          "check": .string(check.kind.rawValue), "passes": .flag(check.passes), "message": .text(check.message),
          "report": .list(check.report) { .string($0) }, "open": .text(check.open),
        ]
      },
      "slots": .list(upgrade.slots) { slot in
        [
          "slot_name": .string(slot.name), "database": .text(slot.database), "plugin": .string(slot.plugin),
          "caught_up": .flag(slot.caughtUp), "first_unread_lsn": .text(slot.firstUnread?.lsn),
          "first_unread": .text(slot.firstUnread?.kind.rawValue), "message": .text(slot.message),
          "open": .text(slot.open),
        ]
      },
      "subscriptions": .list(upgrade.question.old.subscriptions) { row in
        let tables = upgrade.question.old.subscribedTables?.first { $0.database == row.database }?.tables
        return [
          "subname": .string(row.name), "database": .text(upgrade.question.old.databaseName(row.database)),
          "subenabled": .bool(row.enabled),
          "has_origin": .bool(upgrade.question.old.origins.contains { $0.name == "pg_\(row.oid)" }),
          "tables": tables.map { tables in
            .list(tables.filter { $0.row.subscription == row.oid }) {
              ["table": .string($0.name), "srsubstate": .string($0.row.state)]
            }
          } ?? .null,
        ]
      },
      "steps": .list(upgrade.steps, WayStepOutput.object),
      "findings": .list(upgrade.findings, FindingJSON.object),
    ]
  }
}
