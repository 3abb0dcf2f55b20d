/// The catalogs that say what is published.
package enum PublicationCatalogs {
  /// pg_publication, pg_publication_rel, pg_publication_namespace (15 and later): OIDs, and the files' numbers as initdb makes them
  /// (src/include/catalog/pg_publication.h and the others).
  private static let files: Set<UInt32> = [6104, 6106, 6237]

  /// Whether a file of a catalog is one of theirs, or may be: VACUUM FULL gives a catalog another number, from 16384 on
  /// (`FirstNormalObjectId`).
  package static func mayHave(_ relation: RelationLocator) -> Bool {
    files.contains(relation.number) || relation.number >= 16384
  }
}
