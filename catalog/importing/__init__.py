"""Catalogue files to rows: read, recognise, clean, stage, apply. All of a file, or nothing of it.

The way of a row, one module a step: `files` (bytes) → `reading` (records) → `layouts` (which
column means what; `feeds`, `objects` and `packaged` yield the frames) → `title_fields` and
`cleaning` (values) → `staging` (a temporary table) → `applying` (the catalogue). `importer` walks
it in one transaction and `report` tells of it. `startup` knows what a new site begins with, and
loads no pandas to find out that there is nothing to do.
"""
