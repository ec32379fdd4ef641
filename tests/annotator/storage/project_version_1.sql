PRAGMA application_id = 1131563841;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE box (
        id INTEGER PRIMARY KEY,
        image INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        identifier TEXT NOT NULL,
        position INTEGER NOT NULL,
        x0 INTEGER NOT NULL, y0 INTEGER NOT NULL, x1 INTEGER NOT NULL, y1 INTEGER NOT NULL,
        class_name TEXT NOT NULL,
        is_locked INTEGER NOT NULL,
    made_by TEXT NOT NULL, made_at TEXT NOT NULL,
    changed_by TEXT NOT NULL, changed_at TEXT NOT NULL,
        UNIQUE (image, identifier));
INSERT INTO "box" VALUES(1,1,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',0,1,2,30,40,'crack',0,'Anna','2026-11-21T12:03:30.004Z','Anna','2026-11-21T12:03:30.004Z');
CREATE TABLE crack (
        id INTEGER PRIMARY KEY,
        image INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        identifier TEXT NOT NULL,
        position INTEGER NOT NULL,
        source TEXT NOT NULL,
        is_locked INTEGER NOT NULL,
        mask_file TEXT NOT NULL,
        path_file TEXT NOT NULL,
    made_by TEXT NOT NULL, made_at TEXT NOT NULL,
    changed_by TEXT NOT NULL, changed_at TEXT NOT NULL,
        UNIQUE (image, identifier));
CREATE TABLE image (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        shown_name TEXT NOT NULL UNIQUE,
        relative_path TEXT NOT NULL,
        absolute_path TEXT NOT NULL,
        byte_size INTEGER NOT NULL,
        sha256 TEXT NOT NULL DEFAULT '',
        width INTEGER, height INTEGER,
        state TEXT NOT NULL DEFAULT 'new',
        subset TEXT NOT NULL DEFAULT 'auto',
    made_by TEXT NOT NULL, made_at TEXT NOT NULL,
    changed_by TEXT NOT NULL, changed_at TEXT NOT NULL);
INSERT INTO "image" VALUES(1,'IMG 1.jpg','photos/IMG 1.jpg','/photographs/photos/IMG 1.jpg',10,'',NULL,NULL,'reviewed','auto','Anna','2026-11-21T12:03:30.002Z','Anna','2026-11-21T12:03:30.004Z');
INSERT INTO "image" VALUES(2,'IMG 2.jpg','photos/IMG 2.jpg','/photographs/photos/IMG 2.jpg',20,'',NULL,NULL,'new','auto','Anna','2026-11-21T12:03:30.002Z','Anna','2026-11-21T12:03:30.002Z');
CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        author TEXT NOT NULL,
        image INTEGER,
        image_name TEXT NOT NULL,
        text TEXT NOT NULL);
INSERT INTO "journal" VALUES(1,'2026-11-21T12:03:30.002Z','Anna',NULL,'','Added 2 images');
INSERT INTO "journal" VALUES(2,'2026-11-21T12:03:30.006Z','Anna',1,'IMG 1.jpg','Add');
CREATE TABLE project (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "project" VALUES('revision','3');
INSERT INTO "project" VALUES('name','Bridge');
INSERT INTO "project" VALUES('made_by','Anna');
INSERT INTO "project" VALUES('made_at','2026-11-21T12:03:29.988Z');
INSERT INTO "project" VALUES('folder','/photographs/photos.crackproj');
INSERT INTO "project" VALUES('images_relative','photos');
INSERT INTO "project" VALUES('images_absolute','/photographs/photos');
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "setting" VALUES('split','{"seed": 3}');
CREATE INDEX journal_image ON journal (image);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('image',2);
COMMIT;
