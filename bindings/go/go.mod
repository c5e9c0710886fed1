module timed/truetime

go 1.19
