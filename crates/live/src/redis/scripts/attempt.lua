-- Counts a failure at KEYS[1] in advance, or says how many milliseconds to wait.
-- ARGV: how many failures cost nothing; the first wait, the longest, and for how long after it failures are remembered,
-- all in milliseconds.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local blocked_until = tonumber(redis.call('HGET', KEYS[1], 'blocked_until') or 0)
if blocked_until > now then
    return blocked_until - now
end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local wait = 0
if failures > tonumber(ARGV[1]) then
    wait = math.min(tonumber(ARGV[2]) * 2 ^ math.min(failures - ARGV[1] - 1, 31), tonumber(ARGV[3]))
end
redis.call('HSET', KEYS[1], 'blocked_until', string.format('%.0f', now + wait))
redis.call('PEXPIRE', KEYS[1], math.max(math.ceil(wait + ARGV[4]), 1))
return 0
