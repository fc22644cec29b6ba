-- Frozen: the least a sign-off can be, statement by statement. Do not tune it; ratios of years are against it.
\set request random(1, :requests)
\set person random(1, :persons)
BEGIN;
SELECT id, state, round, version, content_hash FROM raw_request WHERE id = :request FOR UPDATE;
SELECT id, stage_no, state, role FROM raw_stage WHERE request_id = :request AND state = 'open' ORDER BY stage_no LIMIT 1;
SELECT g.id, g.role, r.definition FROM raw_grant g JOIN raw_route r ON r.id = 1
 WHERE g.person_id = :person AND g.revoked_at IS NULL FOR SHARE OF g;
INSERT INTO raw_decision (request_id, stage_no, round, person_id, verdict, content_hash, decided_at)
 VALUES (:request, 1, 1, :person, 'approve', repeat('a', 64), now());
UPDATE raw_stage SET state = 'open', signer_id = :person, ended_at = now() WHERE request_id = :request AND stage_no = 1;
UPDATE raw_request SET version = version + 1 WHERE id = :request;
INSERT INTO raw_entry (recorded_at, action, object_id, actor_id, public, body)
 VALUES (now(), 'approval.decided', :request, :person, '{"v":1,"figures":{"stage":"review","round":1,"minutes":12}}',
         '{"number":"2026-0007","actor_name":"x","reason":"","details":{"opinion":"同意"}}');
INSERT INTO raw_outbox (event, subject_id, payload, created_at) VALUES ('approval.decided', :request, '{"round":1}', now());
INSERT INTO raw_outbox (event, subject_id, payload, created_at) VALUES ('approval.stage_opened', :request, '{"round":1}', now());
COMMIT;
