-- description: who asks, and how often
-- author: the warehouse team

-- migrate:up
CREATE VIEW {{tables.askers}} AS
SELECT u.displayname, count(*) AS posts
  FROM {{source.stackoverflow2010.dbo}}.users u
  JOIN {{source.stackoverflow2010.dbo}}.posts p ON p.owneruserid = u.id
 GROUP BY u.displayname;
COMMENT ON VIEW {{tables.askers}} IS 'made by hand, on a table that a source brought';

-- migrate:down
DROP VIEW {{tables.askers}};
