for slot in {{select}}
  {{rows}} loop
  {{body}}
end loop;{{otherwise}}
