package import PostgresFormat

/// The tables that the subscriptions of one database copy and follow: its `pg_subscription_rel`, with their names.
package struct SubscribedTables: Sendable, Hashable {
  /// A table of a subscription.
  package struct Table: Sendable, Hashable {
    /// The subscription, the table, and how far its first copy is.
    package var row: SubscribedTableRow
    /// nspname; nil where the catalogs do not have it.
    package var schemaName: String?
    /// relname; nil where the catalogs do not have it.
    package var tableName: String?

    /// `public.visits`, or `table 16391` where it has no name.
    package var name: String {
      guard let tableName else { return "table \(row.relation)" }
      return schemaName.map { "\($0).\(tableName)" } ?? tableName
    }

    /// A row, and what the table is called.
    package init(row: SubscribedTableRow, schemaName: String?, tableName: String?) {
      (self.row, self.schemaName, self.tableName) = (row, schemaName, tableName)
    }
  }

  /// `pg_database.oid`.
  package var database: OID
  /// Every row of the catalog.
  package var tables: [Table]

  /// All that one database has.
  package init(database: OID, tables: [Table]) { (self.database, self.tables) = (database, tables) }
}
